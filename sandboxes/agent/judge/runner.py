"""Runs the checks of a run with pytest and reports each to the agent.

pytest decides what an assertion means; it does not decide whether a check passed. A check passed when its call phase
passed, nothing latched, nothing was skipped, and the collected checks are exactly the declared ones.
"""

import base64
import os
import socket
import sys
import traceback

import pytest
from _pytest._io.saferepr import saferepr
from _pytest.config import _prepareconfig
from _pytest.main import Session
from _pytest.runner import runtestprotocol

from .. import confine, naming, parcel
from . import proxy, rehearsal
from .asserts import ChecksFinder, Told
from .errors import LearnerError
from .session import AuthorMistake, Verdict, current, rng

TEXT_CHARS_MAX = 4000
VALUE_CHARS_MAX = 2000
# No cache, no capture, no terminal output, nothing loaded from outside, no configuration file.
ARGUMENTS = ["-p", "no:cacheprovider", "-p", "no:capture", "-p", "no:faulthandler", "-p", "no:junitxml",
             "-p", "no:pastebin", "-p", "no:doctest", "-p", "no:logging", "-p", "no:stepwise", "-p", "no:nose",
             "-p", "no:unittest", "-p", "no:tmpdir", "-p", "no:warnings", "-p", "no:setupplan", "-p", "no:setuponly",
             "-p", "no:recwarn", "-p", "no:legacypath", "-p", "no:debugging", "-p", "no:threadexception", "-p", "no:unraisableexception",
             "-q", "--assert=plain", "--noconftest", "--import-mode=prepend", "-c", "/dev/null"]


class Reporter:
    """The plugin that holds one run of checks together. It is told of nothing by the checks' own code."""

    def __init__(self, declared):
        self._declared = {check["id"]: index for index, check in enumerate(declared)}
        self._hidden = {check["id"] for check in declared if check.get("visibility") == "hidden"}
        self._excinfo = {}

    # Collection ----------------------------------------------------------------------------------------------------

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items):
        names = [item.name for item in items]
        if len(set(names)) != len(names):
            faulty("two checks have the same name: %s" % sorted(names))
        if set(names) != set(self._declared):
            faulty("declared and not found: %s; found and not declared: %s" % (
                sorted(set(self._declared) - set(names)), sorted(set(names) - set(self._declared))))
        # Hidden checks come last, so that nothing a learner sees is made after them.
        items.sort(key=lambda item: (item.name in self._hidden, self._declared[item.name]))

    def pytest_collectreport(self, report):
        if not report.passed:
            faulty("collecting the checks failed:\n%s" % report.longrepr)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session):
        parcel.send(current.control, {"op": "collected"})
        current.expect("go")
        for index, item in enumerate(session.items):
            self._run_check(item, session.items[index + 1] if index + 1 < len(session.items) else None)
        parcel.send(current.control, {"op": "done"})
        return True

    # One check -----------------------------------------------------------------------------------------------------

    def _run_check(self, item, next_item):
        self._excinfo.clear()
        rng.seed("%s:%s" % (SEED[0], item.name))
        current.begin_check(item.name)
        reports = runtestprotocol(item, log=False, nextitem=next_item)
        try:
            message = self._judge(reports)
        except (Verdict, Exception):
            # Making text of what a check failed with may ask the learner's objects once more.
            if not current.touched:
                raise
            message = self._latched() or failed("what your code returned could not be used")
        if message["status"] == "PASSED" and current.unread():
            message = failed("your code disturbed the connection to the checks")
        current.close_subject()
        parcel.send(current.control, dict(message, op="report"))
        current.expect("next")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item, call):
        """pytest's own report renders tracebacks with source; only a faulty check needs one, and makes it then."""
        outcome = "passed"
        if call.excinfo is not None:
            self._excinfo[call.when] = call.excinfo.value
            outcome = "skipped" if isinstance(call.excinfo.value, pytest.skip.Exception) else "failed"
        return pytest.TestReport(item.nodeid, item.location, {}, outcome, None, call.when)

    def _judge(self, reports):
        """The message for one check's reports."""
        if current.latched is not None:
            return self._latched()
        phases = {report.when: report for report in reports}
        for when in ("setup", "call", "teardown"):
            report = phases.get(when)
            if report is None or hasattr(report, "wasxfail") or report.skipped:
                faulty("a check was skipped, or expected to fail: %s" % self._names(reports))
            if report.failed:
                return self._failure(when, self._excinfo.get(when), report)
        return {"status": "PASSED"}

    @staticmethod
    def _latched():
        verdict = current.latched
        return None if verdict is None else {"status": verdict.status, "message": verdict.message,
                                             "raised": verdict.died, "died": verdict.died}

    @staticmethod
    def _names(reports):
        return ", ".join(sorted({report.nodeid for report in reports}))

    def _failure(self, when, error, report):
        if isinstance(error, LearnerError):
            status = "MEMORY_EXCEEDED" if isinstance(error, MemoryError) else "ERROR"
            return dict(failed(error.told()), status=status, raised=True)
        # Once the learner's code was touched, its values may bring any other exception about, a NameError too (a loop over
        # nothing leaves its variable unset). A check with a typo fails for the author's own solution and shows there.
        if not current.touched or isinstance(error, AuthorMistake):
            faulty("%s of %s failed:\n%s" % (when, report.nodeid, traced(error)))
        if type(error) is AssertionError:
            return self._assertion(error)
        if isinstance(error, pytest.fail.Exception):
            return failed(str(error))
        if not isinstance(error, Exception):
            faulty("%s failed:\n%s" % (report.nodeid, traced(error)))
        if isinstance(error, MemoryError):
            return dict(failed("what your code returned was too large to look at"), status="MEMORY_EXCEEDED")
        said = str(error).replace("'Handle' object", "an object of yours")
        return failed("what your code returned could not be used: %s: %s" % (type(error).__name__, said))

    @staticmethod
    def _assertion(error):
        said = error.args[0] if error.args else ""
        message = failed(str(said) or None)
        if type(said) is Told and said.compared is not None:
            operation, left, right = said.compared
            message["actual"] = saferepr(left, VALUE_CHARS_MAX)
            shown = saferepr(right, VALUE_CHARS_MAX)
            message["expected"] = shown if operation == "==" else "%s %s" % (operation, shown)
        return message


SEED = [0]


def failed(message):
    return {"status": "FAILED", "message": None if message is None else message[:TEXT_CHARS_MAX]}


def traced(error):
    return "".join(traceback.format_exception(type(error), error, error.__traceback__)[-12:])


def faulty(diagnosis):
    """The check's author is at fault: tells the agent and ends the judge."""
    parcel.send(current.control, {"op": "faulty", "diagnosis": str(diagnosis)[:TEXT_CHARS_MAX * 4]})
    os._exit(0)


def judge(control_fd, payload_fd, folder):
    """One run, in a process forked for it. Returns the exit code."""
    os.dup2(1, 2)  # Descriptor 1 is /dev/null; what a check prints is for nobody.
    current.control = socket.socket(fileno=control_fd)
    payload = parcel.read_memory_file(payload_fd)
    os.close(payload_fd)
    for file in payload["checks"]:
        path = os.path.join(folder, file["path"])
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as out:
            out.write(base64.b64decode(file["content_b64"]))
    os.chdir(folder)
    proxy.install(naming.module_names(payload["modules"]))
    current.limits = payload["limits"]
    current.failures = (AssertionError, pytest.fail.Exception)
    SEED[0] = payload["seed"]
    rng.seed(str(payload["seed"]))
    confine.limit_judge(current.limits["judge_cpu_ms"], current.limits["judge_memory_mib"])
    paths = [os.path.join(folder, file["path"]) for file in payload["checks"]
             if os.path.basename(file["path"]).startswith("test_") and "/" not in file["path"]]
    run_pytest(paths, Reporter(payload["declared"]))
    return 0


def run_pytest(paths, reporter):
    """What pytest.main does from where the template left off. An error that escapes here is not the learner's."""
    try:
        collect_and_run(*SESSION, paths, reporter)
    except MemoryError:
        if current.touched:
            os._exit(1)  # The agent says the rest: it was something of the learner's that did not fit.
        faulty(traceback.format_exc())
    except BaseException:
        faulty(traceback.format_exc())


def collect_and_run(config, session, paths, reporter):
    sys.meta_path.insert(0, ChecksFinder(paths))
    config.args = paths
    config.pluginmanager.register(reporter, "reporter")
    config.hook.pytest_collection(session=session)
    config.hook.pytest_runtestloop(session=session)


# The template's prepared (config, session).
SESSION = []


def warm_up(folder, reusable=True):
    """Runs checks through everything, so that a judge imports nothing; then prepares the session that every judge goes on
    with. Parsing pytest's options and registering its plugins is three quarters of the time of a small run."""
    streams = sys.stdout, sys.stderr
    sys.stdout = sys.stderr = open(os.devnull, "w")
    try:
        rehearsal.rehearse(folder, rehearsal.FILES if reusable else 1,
                           lambda paths, declared: collect_and_run(*_prepare(folder), paths, Reporter(declared)))
        SESSION[:] = _prepare(folder)
    finally:
        sys.stdout.close()
        sys.stdout, sys.stderr = streams


def _prepare(folder):
    config = _prepareconfig([*ARGUMENTS, "--rootdir", folder, folder], [])
    config._do_configure()
    session = Session.from_config(config)
    config.hook.pytest_sessionstart(session=session)
    return config, session
