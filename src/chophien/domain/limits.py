"""Every bound of the program, with its reason."""

from datetime import timedelta

from chophien.domain.buckets import Bucket
from chophien.domain.guards import Allowance

# An unpaid order keeps its units this long: time to open a bank app, not to forget the cart.
HOLD_TIME = timedelta(minutes=15)

# More of one thing than a household buys is a typing error or a wholesale order (expo).
LINE_QUANTITY_MAX = 999

# A cart larger than this is a robot; the cost of a quote grows with its lines.
CART_LINES_MAX = 100

# What is bought in one press: more goes through the cart, where one can think it over.
READY_QUANTITY_MAX = 5

# A buy-now request is a pass, a key and a few numbers.
LANE_BODY_BYTES_MAX = 4_096

# Orders of one transaction: its locks are held for some 30 ms, and memory is bounded.
LANE_BATCH_MAX = 1_000

# Requests that wait for a batch in one process; whoever comes on top is told to come back.
LANE_BACKLOG_MAX = 8_192

# A request that waited this long is refused: its buyer has given up, or asks again.
LANE_WAIT_S = 8

# A buyer who is refused because the lane is full comes back after this.
LANE_COME_BACK_MS = 1_500

# Saved addresses of one person: home, work, parents and a few more.
ADDRESSES_MAX = 20

# A pass says who buys without asking anybody: long enough to wait for an opening with a renewal
# or two, short enough that a changed address, a log-out or a stolen copy soon counts.
PASS_TIME = timedelta(minutes=10)

# The choice of coupons is exact and quick up to this many; the first to end are looked at.
WALLET_COUPONS_MAX = 40

# What PostgreSQL's NOTIFY carries is under 8,000 bytes.
NOTIFY_BYTES_MAX = 7_900

# Rows waiting for a lock longer than this are answered with "try again", not with silence.
LOCK_WAIT_MS = 3_000

# Free text of a buyer: a note, a complaint.
TEXT_CHARS_MAX = 2_000

# Bytes that wait for one slow browser before its connection is closed: some thousand events. They
# are shared with all others who wait for the same.
HUB_BACKLOG_BYTES_MAX = 262_144

# What the kernel may hold for one browser on top (it doubles the number for its own books).
HUB_SEND_BUFFER_BYTES = 32_768

# A browser follows a handful of channels: its room, the goods, the screen.
HUB_CHANNELS_MAX = 16

# A client's command is a few words of JSON.
HUB_COMMAND_BYTES_MAX = 4_096

# Browsers answer a ping within this or are gone.
HUB_PING_S = 25

# A browser's request for a WebSocket is under 2,000 bytes, cookies and all.
HUB_HANDSHAKE_BYTES_MAX = 16_384

# Whoever has not said by then who it is holds a place for nothing.
HUB_HANDSHAKE_S = 10

# Connections of one process: beyond, one fan-out would take longer than a tick.
HUB_CONNECTIONS_MAX = 50_000

# Connections of one network: an office, a school, a mobile operator's thousands; one program that
# opens them all is not let take the whole process.
HUB_CONNECTIONS_OF_NETWORK_MAX = 2_000

# Commands of one connection: a page follows its channels at once, then people type and tap.
HUB_COMMANDS = Bucket(burst=60, interval_us=100_000)

# Things said on one connection that wait for the desk's answer.
HUB_ASKED_MAX = 8

# Events of a channel that are kept for those who come back, and for how long: a tunnel, a lift, a
# phone in a pocket. Whoever was away longer reads the state anew, which is less than all that.
HUB_HISTORY_EVENTS_MAX = 1_000
# Their bytes together: what is recovered has to fit into the backlog with room to spare.
HUB_HISTORY_BYTES_MAX = 131_072
# See above; in seconds.
HUB_HISTORY_S = 600

# Events of one channel that follow each other within this go out in one write: nobody sees the
# difference, and a burst costs one write for each reader. Where a fan-out takes longer, events wait
# for the next tick of the talk lane.
HUB_GATHER_MS = 20

# Readers who are sent to read their state anew in one second, so that pages bear it.
HUB_RESYNC_PER_S = 2_000

# The talk lane's tick: what is said is heard within 200 ms even in a room of ten thousand.
TALK_TICK_MS = 100

# Messages of one tick: a hundred a second are more than anyone reads.
TALK_MESSAGES_MAX = 10

# What waits for one tick in one room; what comes on top is left out by itself.
TALK_WAITING_MAX = 2_000

# One message as the desk hands it on: text, name and marks.
TALK_ITEM_BYTES_MAX = 4_096

# Likes that one message may carry: a page gathers the taps of a second or two.
TALK_LIKES_MAX = 50

# A token for the hub is renewed by the page before it ends; a stolen copy is soon worth nothing.
HUB_TOKEN_TIME = timedelta(minutes=15)

# Different viewers are counted exactly up to this many: 16 KB for each show, as much as needed
# for every ordinary one.
DISTINCT_EXACT_MAX = 2_000

# How often viewers are counted and written down.
VIEWERS_EVERY_S = 10

# What the API is sent: an order with its address is under 2,000 bytes.
API_BYTES_MAX = 16_384

# The body of a bank's notice is a few hundred bytes.
WEBHOOK_BYTES_MAX = 16_384

# A notice older than this is a replay or comes from a clock that is wrong.
WEBHOOK_AGE_S_MAX = 300

# A million rows of promotions are some 100 MB; more is brought in two files.
IMPORT_BYTES_MAX = 268_435_456

# The table that a file becomes before it is applied; the goal is a million.
IMPORT_ROWS_MAX = 1_500_000

# What a workbook unpacks to: its cells are held in memory while it is read.
WORKBOOK_BYTES_MAX = 268_435_456

# 100,000 rows of thirty columns; a larger table comes as CSV, which is read as it flows.
WORKBOOK_CELLS_MAX = 3_000_000

# A turn is kept this long: time to find the phone, log in and read the price; longer would let
# those who were admitted gather and press all at once.
TURN_TIME = timedelta(minutes=15)

# A ticket is renewed by the page that shows it; a copy left somewhere is soon worth nothing.
TICKET_TIME = timedelta(hours=1)

# Changes of pace that a queue remembers: more come only where nobody waits.
ANCHORS_KEPT_MAX = 32

# What a processor of the lane takes cannot be more than this; a rate above it is a typing error.
ADMISSION_RATE_MAX = 100_000

# One room is for the goods of one drop, which people can still look through.
ROOM_SKUS_MAX = 50

# Body of a request to join a queue: a pass, a room, and a proof of work.
JOIN_BYTES_MAX = 8_192

# Joins that wait for their batch in one process; more are told to come back.
JOINS_WAITING_MAX = 20_000

# Joins that one transaction writes: some ten milliseconds of work.
JOIN_BATCH_MAX = 2_000

# Accounts, devices and networks that a guard of the lane remembers: some 20 MB each when full.
# Who is forgotten has waited for nothing; only made-up devices come in such numbers.
GUARD_KEYS_MAX = 100_000

# The same for each of the pages' guards, of which there are several: 11 MB each.
PAGE_GUARD_KEYS_MAX = 20_000

# Buy-now. A person presses a few times, and the page asks again by itself when a line breaks: ten
# at once. A family shares a device. A network is an office or thousands behind one address: only
# those who come again soon draw on it, and a fair has few who do.
LANE_ALLOWANCE = Allowance(
    account=Bucket(burst=10, interval_us=500_000),
    device=Bucket(burst=20, interval_us=250_000),
    network=Bucket(burst=2_000, interval_us=2_000),
    trusts_devices=False,
)

# Waiting rooms: the page asks for its place every few seconds, in several tabs perhaps.
QUEUE_ALLOWANCE = Allowance(
    account=Bucket(burst=20, interval_us=500_000),
    device=Bucket(burst=40, interval_us=250_000),
    network=Bucket(burst=10_000, interval_us=500),
    trusts_devices=False,
)

# Log-in: a password is mistyped a few times. The whole network counts, because names and
# passwords are tried from many made-up devices; 300 colleagues at once are let in.
LOG_IN_ALLOWANCE = Allowance(
    account=Bucket(burst=10, interval_us=10_000_000),
    device=Bucket(burst=10, interval_us=10_000_000),
    network=Bucket(burst=300, interval_us=200_000),
    trusts_devices=False,
)

# Sign-up: limits for each buyer are worth what an account costs. A form is sent a few times
# until the password is good; a family signs up on one device.
SIGN_UP_ALLOWANCE = Allowance(
    account=Bucket(burst=10, interval_us=60_000_000),
    device=Bucket(burst=10, interval_us=60_000_000),
    network=Bucket(burst=300, interval_us=1_000_000),
    trusts_devices=False,
)

# Orders of the cart and deposits: each holds stock for a quarter of an hour. Nobody fills in an
# address every two seconds for long.
CHECK_OUT_ALLOWANCE = Allowance(
    account=Bucket(burst=20, interval_us=2_000_000),
    device=Bucket(burst=20, interval_us=2_000_000),
    network=Bucket(burst=300, interval_us=200_000),
    trusts_devices=True,
)

# Coupons: one falls in a room and everybody presses, some twice; a wallet's page has sixty.
CLAIM_ALLOWANCE = Allowance(
    account=Bucket(burst=60, interval_us=500_000),
    device=Bucket(burst=60, interval_us=500_000),
    network=Bucket(burst=2_000, interval_us=10_000),
    trusts_devices=False,
)

# Tokens for the hub: a page needs one when it opens and every few minutes after.
HUB_TOKEN_ALLOWANCE = Allowance(
    account=Bucket(burst=30, interval_us=2_000_000),
    device=Bucket(burst=30, interval_us=2_000_000),
    network=Bucket(burst=5_000, interval_us=1_000),
    trusts_devices=False,
)

# Complaints are read by people. Three in a show are many; nobody is kept from one.
COMPLAINT_ALLOWANCE = Allowance(
    account=Bucket(burst=5, interval_us=60_000_000),
    device=Bucket(burst=5, interval_us=60_000_000),
    network=Bucket(burst=100, interval_us=5_000_000),
    trusts_devices=False,
)

# Links of orders that do not exist. A token of 160 bits is not guessed, but each guess is a
# query; a person mistypes one now and then.
MISS_ALLOWANCE = Allowance(
    account=Bucket(burst=20, interval_us=5_000_000),
    device=Bucket(burst=20, interval_us=5_000_000),
    network=Bucket(burst=200, interval_us=1_000_000),
    trusts_devices=True,
)

# Puzzles: making one costs a millisecond, and a page needs one for each room it enters.
PUZZLE_ALLOWANCE = Allowance(
    account=Bucket(burst=10, interval_us=5_000_000),
    device=Bucket(burst=20, interval_us=2_000_000),
    network=Bucket(burst=2_000, interval_us=10_000),
    trusts_devices=False,
)

# Steps of PBKDF2 that a browser takes for each key it tries. Enough that the steps and not the
# calls are what takes time: 5 million steps a second in Chromium on two cores of a server.
PUZZLE_COST = 5_000

# The key to find is the 50th to 149th, by chance: 50 to 140 ms on a server's core. A phone twenty
# times as slow (no instructions for SHA-256) needs under 3 s.
PUZZLE_COUNTER_MAX = 149

# So much has to be worked out in any case: luck decides a factor of three, not of a hundred.
PUZZLE_COUNTER_MIN = 50

# Time to work on a puzzle that a slow phone left in the background; who waits longer gets another.
PUZZLE_LIFE_S = 600

# Without a script one waits this long in the place of a puzzle: long enough that a robot does
# not choose it, short beside a waiting room.
PATIENCE_S = 60

# An answer is some 700 letters.
PUZZLE_ANSWER_CHARS_MAX = 2_000

# A request to the lane is a few hundred bytes; whoever takes longer to send them is cut off.
BODY_S_MAX = 10

# Draws. Steps of PBKDF2 between the frozen list and the result: a third of a second of one
# processor. Whoever tries made-up entrants until a friend wins pays that for each try, while
# others go on joining; a check pays it once.
DRAW_STEPS = 1_000_000

# A draw that is shorter is not seen by who looks away.
DRAW_TIME_MIN = timedelta(seconds=30)

# A draw that is longer than a show is a prize draw of another law.
DRAW_TIME_MAX = timedelta(hours=4)

# A gift falls after this: time for every page to hear of it and to note its promise.
GIFT_COUNT_TIME = timedelta(seconds=10)

# More winners than this is a coupon drop.
WINNERS_MAX = 100

# A winner has two days to say where the prize goes: also who sleeps, works or has no line.
WIN_TIME = timedelta(hours=48)

# When so much of it is left, the winner is told again.
WIN_REMINDER_TIME = timedelta(hours=24)

# A prize passes on for this long after its draw; then it goes back to who gave it.
WIN_PASSING_TIME = timedelta(days=8)

# A page says so often that it is watched: 500 requests a second from 10,000 viewers.
WATCH_PING_S = 20

# The gap of a lost ping still counts as watched; a longer one means that nobody was there.
WATCH_GAP_MAX = timedelta(seconds=50)

# What a person who is watching sends: one ping in 20 s from each of a few tabs.
WATCH_ALLOWANCE = Allowance(
    account=Bucket(burst=12, interval_us=5_000_000),
    device=Bucket(burst=24, interval_us=2_500_000),
    network=Bucket(burst=20_000, interval_us=250),
    trusts_devices=False,
)

# A keyword is typed on a phone while watching.
KEYWORD_CHARS_MAX = 30

# What a prize, a countdown or a reason says fits on a card.
CARD_TEXT_CHARS_MAX = 120

# A countdown longer than the longest show is a date.
COUNTDOWN_TIME_MAX = timedelta(hours=12)

# Thresholds of one measure that a show has.
MILESTONES_MAX = 12

# A chat message is read in passing: two lines of a phone. Counted as a reader counts.
CHAT_GRAPHEMES_MAX = 200

# Before it is looked at: 200 emoji of several parts are under 2,000 characters.
CHAT_TEXT_CHARS_MAX = 2_000

# What the hub's lanes carry with room to spare; 200 emoji of a family would be more.
CHAT_BYTES_MAX = 3_000

# Vietnamese needs none beside its letters, Thai two, Hebrew with points three.
CHAT_MARKS_MAX = 3

# A name stands before every message on a phone.
NAME_GRAPHEMES_MAX = 24

# 24 letters of any script with their marks.
NAME_BYTES_MAX = 200

# A person types a short line in two seconds; three in a row when the host asks something.
CHAT_PERSON_BUCKET = Bucket(burst=3, interval_us=2_000_000)

# A family watches on one device, logged in or not.
CHAT_DEVICE_BUCKET = Bucket(burst=6, interval_us=1_500_000)

# The same words of the same person within this are a slip of the finger, or noise.
CHAT_REPEAT_US = 30_000_000

# Writers of one room whose pace is remembered: 20 MB when full; who is forgotten is let in.
CHAT_WRITERS_MAX = 100_000

# Messages that wait to be written in one process; more are told to come back.
CHAT_BACKLOG_MAX = 20_000

# Messages of one statement: some 10 ms of work.
CHAT_BATCH_MAX = 1_000

# A message waits so long for others of its batch; nobody reads faster.
CHAT_BATCH_MS = 40

# Words of one room with those of its festival; a list beyond this is a dictionary.
CHAT_WORDS_MAX = 1_000

# Slow mode: more than five minutes between two lines is a closed chat.
CHAT_SLOW_S_MAX = 300

# What a page shows of a chat when it is opened.
CHAT_SHOWN_MAX = 50

# The room's chat opens this long before its show and closes as long after it.
CHAT_OPEN_AROUND = timedelta(minutes=30)

# A comment orders what a hand can carry; a larger number in a comment is a price.
COMMENT_QUANTITY_MAX = 99

# Different goods in one comment: it has 200 characters.
COMMENT_LINES_MAX = 10

# A draft that nobody confirmed within this is over; it held nothing.
DRAFT_TIME = timedelta(minutes=30)

# A verified identity is looked at again after a year, however long its document is good for.
IDENTITY_TIME = timedelta(days=365)

# Who was on air must be known as long as shows are kept: three years, the strictest draft.
IDENTITY_KEPT = timedelta(days=3 * 365)

# Of somebody who was refused nothing is needed once the answer could be disputed.
REFUSED_IDENTITY_KEPT = timedelta(days=90)

# What runs out within this is on the organiser's list: time to ask a seller for the next one.
PAPERS_ENDING = timedelta(days=30)

# Papers of one stall in all, old ones included: a few for each of its regulated products.
PAPERS_MAX = 200

# The reason for a refusal, a place in a run-of-show: a line or two.
SHORT_TEXT_CHARS_MAX = 300

# The rules of shows, some ten pages in each language.
RULES_CHARS_MAX = 40_000

# Goods in one show: Shopee's own limit is 200, nobody shows more in a day.
SEGMENTS_MAX = 200

# Longer than this for one product is a show of its own.
SEGMENT_MINUTES_MAX = 240

# Talking points are read at a glance.
TALKING_POINTS_CHARS_MAX = 600

# A day and a night on air: the longest show on record is 17 hours.
SHOW_TIME_MAX = timedelta(hours=24)

# A cue is read from the corner of the eye.
CUE_CHARS_MAX = 120

# Cues that a host has not seen; one more pushes nobody to read faster.
CUES_OPEN_MAX = 5

# A host's warning is a sentence in the picture's corner.
SAFETY_WARNING_CHARS_MAX = 160

# A warning that stays longer is part of the goods' page.
SAFETY_WARNING_TIME_MAX = timedelta(minutes=30)

# A complaint is answered within this; the organiser's list says which are late.
COMPLAINT_ANSWER_TIME = timedelta(days=7)

# A picture that a host sends: 4K on its side or upright, as cameras of desks give it.
PICTURE_PIXELS_MAX = 3840 * 2160

# Media that waits for a program's thread: some ten seconds of a good camera.
PROGRAM_BYTES_MAX = 16_777_216

# A source whose pictures are dated further ahead than this has no clock: after a stall of its line
# a browser sends at most eight seconds at once.
SOURCE_AHEAD_S_MAX = 12

# Without a picture for this long a source is lost, and the slate stands in: what a player has in hand.
SLATE_AFTER_S = 2

# A host who pressed stop by mistake may go on within this.
STOP_UNDO_S = 10

# Bytes of a recording that wait to be read: some ten seconds; a browser that sends faster waits.
RECORDING_WAITING_BYTES_MAX = 4_194_304

# So much is read without finding a packet in it: a keyframe is a few hundred thousand bytes.
RECORDING_BARREN_BYTES_MAX = 6_291_456

# One coded picture: a keyframe of 4K at the best quality is under 2 MB.
MEDIA_PACKET_BYTES_MAX = 4_194_304

# Packets of a recording that may not decode: a few are lost in a bad start, more are no media.
RECORDING_FAULTS_MAX = 50

# Without a keyframe for this long nothing is cut and nobody can join.
KEYFRAME_WAIT_S_MAX = 12

# What has to be encoded anew is made no larger than a phone shows it: 720 by 1280.
TRANSCODED_SIDE_MAX = 1_280

# What an encoder may say before it is let in: commands and metadata, some hundred bytes each.
RTMP_COMMAND_BYTES_MAX = 16_384

# One coded picture: a keyframe of 4K at twenty megabits a second is two megabytes.
RTMP_MESSAGE_BYTES_MAX = 4_194_304

# Encoders connected at once, most of them waiting to be let in; a process serves some ten shows.
RTMP_CONNECTIONS_MAX = 128

# Of those from one network: an office's, a market's.
RTMP_CONNECTIONS_OF_NETWORK_MAX = 32

# From connecting to publishing; an encoder takes less than a second on a slow line.
RTMP_OPEN_S_MAX = 10

# An encoder that sends nothing for so long is gone, whatever TCP says.
RTMP_SILENT_S_MAX = 15

# A wrong key is answered after this, so that few can be tried.
RTMP_WRONG_KEY_S = 2

# More than this is no picture for phones: every viewer would get it.
RTMP_BITS_PER_S_MAX = 20_000_000

# What waits for one platform whose line is slow; then whole groups of pictures are left out.
OUTWARD_QUEUE_MS_MAX = 6_000

# Platforms of one show: more is another machine's work.
DESTINATIONS_MAX = 10

# Rooms whose rules one talk desk remembers: all that are on air at once, and those asked in vain.
CHAT_ROOMS_MAX = 2_000

# A host tries her camera before the show begins.
SHOW_EARLY = timedelta(minutes=15)

# A host who is speaking at the end of her show may finish; then the next one needs the time.
SHOW_GRACE = timedelta(minutes=5)

# Shows that one media process takes in: 4 % of a core each when nothing is coded anew, 25 % else.
PROGRAMS_MAX = 32

# What was not reported for so long is not so any more: the media process is gone.
ON_AIR_STALE_S = 20

# A publishing ticket is made just before a connection; a copy is worth nothing after a minute.
PUBLISH_TICKET_TIME = timedelta(minutes=1)

# A browser says who it is in its first message, at once.
PUBLISH_HELLO_S_MAX = 10

# Connections that have not said who they are.
PUBLISH_STRANGERS_MAX = 64

# A browser on air sends four times a second, a paused one says so every few seconds.
PUBLISH_SILENT_S_MAX = 15

# A quarter of a second is some 100,000 bytes; after a stall a second's worth may come at once.
PUBLISH_MESSAGE_BYTES_MAX = 4_000_000

# Words between the bytes: a ticket, a type, a number.
PUBLISH_WORD_CHARS_MAX = 2_000

# The best that cameras in browsers send is a quarter of this.
PUBLISH_BPS_MAX = 20_000_000

# Players that wait at one door for the next part: one process answers no more than these in time.
VIDEO_WAITERS_MAX = 10_000

# Playlists that a door keeps read: the rooms that are on air at once, in two renditions.
VIDEO_WATCHES_MAX = 512

# What all viewers ask for in the same second stays in memory: a minute of thirty rooms.
VIDEO_CACHE_BYTES_MAX = 134_217_728
