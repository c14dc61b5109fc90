"""The command line: `chophien demo`, `chophien crowd`, `chophien manage …`."""

import argparse
import os
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status (0 done, 1 stopped with a reason, 2 misuse)."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] == ["manage"]:
        return _manage(words[1:])
    options = _build_parser().parse_args(words)
    commands = {
        "demo": _demo,
        "crowd": _crowd,
        "on-air": _on_air,
        "hub": _hub,
        "media": _media,
        "quote": _quote,
        "simulate": _simulate,
        "verify-queue": _verify_queue,
        "verify-draw": _verify_draw,
        "check-history": _check_history,
    }
    return commands[options.command](options)


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="chophien", description="Run a livestream shopping festival of your own."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    demo = commands.add_parser("demo", help="set up the demonstration fair and run it")
    demo.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
    demo.add_argument("--reload", action="store_true", help="restart the pages on change")
    crowd = commands.add_parser("crowd", help="made-up visitors watch and buy, on this machine")
    crowd.add_argument("--buyers", type=int, default=200)
    crowd.add_argument("--seconds", type=int, default=60)
    crowd.add_argument("--url", default="http://localhost:8000")
    crowd.add_argument("--seed", type=int, default=11)
    quote = commands.add_parser("quote", help="price a request, see docs/reference/promotions.md")
    quote.add_argument("file", help="a JSON file, or - for standard input")
    quote.add_argument("--lines", action="store_true", help="one request a line")
    simulate = commands.add_parser("simulate", help="what planned promotions would cost")
    simulate.add_argument("--plan", required=True, help="a JSON file, or - for standard input")
    simulate.add_argument("--carts", required=True, help="one request a line, or -")
    simulate.add_argument("--csv", metavar="DIR", help="write the tables as CSV files, too")
    simulate.add_argument("--json", action="store_true", help="print the whole report as JSON")
    simulate.add_argument("--processes", type=int, help="default: one for each processor")
    verify = commands.add_parser("verify-queue", help="work a waiting room's places out again")
    verify.add_argument("file", help="a room's proof file, or - for standard input")
    verify.add_argument("--seed-hash", default="", help="as it was published before the opening")
    verify.add_argument("--entry", default="", help="your own receipt: must be in the file")
    draw = commands.add_parser("verify-draw", help="work a lucky draw out again, law by law")
    draw.add_argument("file", help="a draw's proof file, or - for standard input")
    draw.add_argument("--promise", default="", help="as it was shown before the closing")
    draw.add_argument("--digest", default="", help="of the list, as it was shown at the freezing")
    draw.add_argument("--receipt", default="", help="your own: must be in the list")
    draw.add_argument("--number", default="", help="your device's: must make a receipt of the list")
    check = commands.add_parser("check-history", help="prove that nothing was promised falsely")
    check.add_argument("paths", nargs="+", help="histories (*.jsonl) or folders of them")
    check.add_argument("--database", help="its URL; default: the environment's or the local fair's")
    check.add_argument("--shared", action="store_true", help="others without histories bought, too")
    check.add_argument("--released-after", type=int, default=60, metavar="SECONDS")
    commands.add_parser("on-air", help="the AI host: makes the video of the show that is on")
    _add_hub(commands)
    commands.add_parser("manage", help="Django's own commands for the local fair")
    return parser


def _add_hub(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    hub = commands.add_parser("hub", help="real time: tells browsers what changed, carries chat")
    hub.add_argument("--host", default="127.0.0.1")
    hub.add_argument("--port", type=int, default=8001)
    hub.add_argument(
        "--to-centrifugo", metavar="URL", default="", help="its API: Centrifugo has the browsers"
    )
    media = commands.add_parser("media", help="takes hosts' cameras in and sends video out")
    media.add_argument("--host", default="127.0.0.1")
    media.add_argument("--port", type=int, default=8002)


def _demo(options: argparse.Namespace) -> int:
    from chophien.config.demo.run import run_demo

    return run_demo(port=options.port, is_reloading=options.reload)


def _crowd(options: argparse.Namespace) -> int:
    from chophien.config.crowd import run_crowd

    return run_crowd(
        url=options.url, buyers=options.buyers, seconds=options.seconds, seed=options.seed
    )


def _quote(options: argparse.Namespace) -> int:
    from chophien.config.quote import run_quote

    return run_quote(path=options.file, is_lines=options.lines)


def _simulate(options: argparse.Namespace) -> int:
    from chophien.config.simulate import Task, run_simulate

    return run_simulate(
        Task(
            plan_path=options.plan,
            carts_path=options.carts,
            csv_folder=options.csv,
            is_json=options.json,
            processes=options.processes,
        )
    )


def _verify_queue(options: argparse.Namespace) -> int:
    from chophien.config.verify_queue import Asked, run_verify_queue

    asked = Asked(seed_hash=options.seed_hash, entry=options.entry)
    return run_verify_queue(path=options.file, asked=asked)


def _verify_draw(options: argparse.Namespace) -> int:
    from chophien.config.verify_draw import Asked, run_verify_draw

    asked = Asked(
        promise=options.promise,
        digest=options.digest,
        receipt=options.receipt,
        number=options.number,
    )
    return run_verify_draw(path=options.file, asked=asked)


def _check_history(options: argparse.Namespace) -> int:
    from chophien.config.check_history import Task, run_check_history

    return run_check_history(
        Task(
            paths=options.paths,
            database=options.database,
            is_shared=options.shared,
            released_after_s=options.released_after,
        )
    )


def _on_air(_: argparse.Namespace) -> int:
    from chophien.config.on_air import run_on_air

    return run_on_air()


def _hub(options: argparse.Namespace) -> int:
    if options.to_centrifugo:
        from chophien.config.centrifugo import run_beside_centrifugo

        return run_beside_centrifugo(
            url=options.to_centrifugo, host=options.host, port=options.port
        )
    from chophien.config.hub import run_hub

    return run_hub(host=options.host, port=options.port)


def _media(options: argparse.Namespace) -> int:
    from chophien.config.media_server import run_media

    return run_media(host=options.host, port=options.port)


def _manage(words: list[str]) -> int:
    from chophien.config.local import build_environment, find_fair

    fair = find_fair()
    os.environ.update(build_environment(fair))
    from django.core.management import execute_from_command_line

    execute_from_command_line(["chophien manage", *words])
    return 0
