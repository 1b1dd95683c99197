#!/usr/bin/python3 -IB
"""The program a cell starts with (PID 1). See ../README.md.

    agent.py --subject-uid N --judge-uid M [--mode single|reusable] [--language python] [--preload a,b] [--self-check]

The order below is the point of this file: the frame channel is taken away from descriptors 0 and 1 first, then the
zygote and the judge template are split off, and only then is anything read.
"""

import argparse
import os
import signal
import sys

if __name__ == "__main__":
    # As a script this file is not part of its package; the package is found beside it.
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
    sys.dont_write_bytecode = True

FRAME_IN_FD, FRAME_OUT_FD = 20, 21
PRELOAD_FILE = "/opt/weak-to-strong/preload"


def parse(argv):
    parser = argparse.ArgumentParser(prog="agent.py")
    parser.add_argument("--subject-uid", type=int, required=True)
    parser.add_argument("--judge-uid", type=int, required=True)
    parser.add_argument("--language", default="python")
    parser.add_argument("--preload", default="", help="modules that every subject starts with")
    parser.add_argument("--mode", choices=["single", "reusable"], default="single", help="runs of this cell: one, or many")
    parser.add_argument("--self-check", action="store_true")
    # "The container's command is agent.py ...": with the image's own entry point that name comes as an argument.
    if argv and argv[0].endswith("agent.py"):
        argv = argv[1:]
    args = parser.parse_args(argv)
    if min(args.subject_uid, args.judge_uid) < 1000 or args.subject_uid == args.judge_uid:
        parser.error("two different uids above 1000 are needed")
    args.preload = [name for name in args.preload.split(",") if name] or _preload_of_image()
    return args


def _preload_of_image():
    try:
        with open(PRELOAD_FILE) as file:
            return [line.strip() for line in file if line.strip() and not line.startswith("#")]
    except FileNotFoundError:
        return []


def take_frame_channel():
    """Moves the frame channel away from 0 and 1, so that no stray print can ever write on it."""
    os.dup2(0, FRAME_IN_FD, False)
    os.dup2(1, FRAME_OUT_FD, False)
    null = os.open("/dev/null", os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    os.close(null)


def split_off(life):
    """Forks a trusted process; returns the socket to it and its pid. `life(socket, agent_pid)` never returns."""
    from agent import parcel
    ours, theirs = parcel.pair()
    agent_pid = os.getpid()
    pid = os.fork()
    if pid:
        theirs.close()
        return ours, pid
    try:
        ours.close()
        os.close(FRAME_IN_FD)
        os.close(FRAME_OUT_FD)
        life(theirs, agent_pid)
    except ConnectionError:
        pass  # The agent is gone, and with it the cell.
    except BaseException:
        import traceback
        traceback.print_exc()
    finally:
        os._exit(1)


def main():
    args = parse(sys.argv[1:])
    take_frame_channel()
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    from agent import cell, confine, namespaces
    if args.mode == "reusable":
        try:
            namespaces.enter_outer(args.subject_uid, args.judge_uid)
        except OSError as error:
            cell.refuse(FRAME_OUT_FD, str(error))

    def zygote_life(control, agent_pid):
        from agent import zygote
        zygote.main(control, args.subject_uid, agent_pid, args.preload, args.mode == "reusable")

    def template_life(control, agent_pid):
        from agent import template
        template.main(control, args.judge_uid, agent_pid, args.mode == "reusable")

    zygote_link = split_off(zygote_life)
    template_link = split_off(template_life)
    confine.hide()
    cell.Cell(args, FRAME_IN_FD, FRAME_OUT_FD, zygote_link, template_link).live()


if __name__ == "__main__":
    main()
