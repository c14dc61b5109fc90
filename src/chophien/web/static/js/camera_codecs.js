// Which of its formats a browser records in, best first.
// WebM comes every quarter of a second, MP4 of Chrome only with each keyframe: less delay. H.264
// goes through the server as it is; VP8 and VP9 have to be encoded anew there, VP8 with less work.
export const TYPES = [
  { mime: "video/webm;codecs=h264,opus", name: "H.264 + Opus, WebM", isTranscoded: false },
  { mime: "video/mp4;codecs=avc1.42E01F,mp4a.40.2", name: "H.264 + AAC, MP4", isTranscoded: false },
  { mime: "video/mp4;codecs=avc1.42E01F,opus", name: "H.264 + Opus, MP4", isTranscoded: false },
  { mime: "video/mp4", name: "MP4", isTranscoded: false },
  { mime: "video/webm;codecs=vp8,opus", name: "VP8 + Opus, WebM", isTranscoded: true },
  { mime: "video/webm;codecs=vp9,opus", name: "VP9 + Opus, WebM", isTranscoded: true },
  { mime: "video/webm", name: "WebM", isTranscoded: true },
];

/** All that this browser can record, best first; none: it cannot. */
export function listTypes(isSupported = (mime) => globalThis.MediaRecorder?.isTypeSupported?.(mime) ?? false) {
  return TYPES.filter(({ mime }) => isSupported(mime));
}

/** How a recorder is made: a keyframe a second (else Chrome makes one at the start only). */
export function buildOptions(type, videoBitsPerSecond) {
  return {
    mimeType: type.mime,
    videoBitsPerSecond,
    audioBitsPerSecond: 96_000,
    videoKeyFrameIntervalDuration: 1000,
  };
}
