"""The command line: `chophien demo`, `chophien crowd`, `chophien manage …`."""

import os
import sys


def main() -> int:
    from chophien.config.local import build_environment, find_fair
    os.environ.update(build_environment(find_fair()))
    from django.core.management import execute_from_command_line
    execute_from_command_line(["chophien manage", *sys.argv[2:]])
    return 0
