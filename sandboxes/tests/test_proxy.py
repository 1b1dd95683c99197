"""The proxy against subjects that lie, played by a thread that answers with whatever a test tells it to."""

import socket
import struct
import threading
import unittest

from agent import parcel, wire
from agent.judge import authoring, errors, proxy, session


class Played(unittest.TestCase):
    """Each test gives `answers`: functions from a request to the bytes or message that come back."""

    def setUp(self):
        self.current = session.current
        self.current.__init__()
        self.current.limits = {"call_timeout_ms": 300, "round_trips_max": 50}
        self.current.control, self.agent = parcel.pair()
        ours, self.theirs = socket.socketpair()
        self.current.use_subject(ours)
        self.requests = []
        self.late = threading.Event()

    def tearDown(self):
        self.theirs.close()
        self.current.close_subject()
        self.current.control.close()
        self.agent.close()

    def play(self, *answers):
        def serve():
            for answer in answers:
                head = self.theirs.recv(4)
                if len(head) < 4:
                    return
                request = wire.decode(self.theirs.recv(struct.unpack(">I", head)[0]), lambda tag, number: (tag, number))
                self.requests.append(request)
                reply = answer(request) if callable(answer) else [request[0]] + answer
                self.theirs.sendall(reply if isinstance(reply, bytes) else wire.pack(wire.encode(reply)))
        threading.Thread(target=serve, daemon=True).start()

    def handle(self, is_class=False):
        return proxy.handle([1, "Thing", is_class, True], 1, "thing")

    def keep_time(self, cpu_us):
        """Plays the agent, to whom each look at the subject's clock is `cpu_us` later."""
        def answer():
            looks = 0
            while True:
                message, _fds = parcel.receive(self.agent)
                if message is None:
                    return
                if message["op"] == "clock":
                    parcel.send(self.agent, {"op": "clock", "cpu_us": looks * cpu_us})
                    looks += 1
        threading.Thread(target=answer, daemon=True).start()

    def latched(self, status="FAILED"):
        self.assertIsNotNone(self.current.latched)
        self.assertEqual(self.current.latched.status, status)

    # Plain values and handles

    def test_a_plain_result_is_an_exact_builtin(self):
        self.play(["value", 5, []])
        self.assertEqual(self.handle()(2), 5)

    def test_a_function_that_claims_a_handle_is_caught(self):
        self.play(["handle", 2, "L", False, True, []])
        with self.assertRaises(session.Verdict):
            self.handle()()
        self.latched()

    def test_what_is_not_plain_is_said(self):
        self.play(["unplain", "a Liar"])
        with self.assertRaisesRegex(session.Verdict, r"thing\(\) returned a Liar"):
            self.handle()()

    def test_a_handle_never_answers_for_itself(self):
        for question in (lambda h: h == 5, lambda h: 5 == h, lambda h: h != 5, lambda h: h < 5, bool, hash,
                         lambda h: 5 in h, lambda h: h in [5], lambda h: h + 1, lambda h: 1 + h, int, float, abs,
                         lambda h: isinstance(5, h), lambda h: [h] == [5], lambda h: {"a": h} == {"a": 5}):
            self.current.latched = None
            with self.assertRaises(session.Verdict):
                question(self.handle())
            self.latched()
        self.assertIs(type(self.handle()), proxy.CallableHandle)
        self.assertNotIsInstance(self.handle(), int)

    def test_callable_is_what_the_subject_says(self):
        self.assertTrue(callable(self.handle()))
        self.assertTrue(callable(proxy.Name(("thing", "name"))))
        plain = proxy.handle([1, "Thing", False, False], 1)
        self.assertFalse(callable(plain))
        with self.assertRaisesRegex(TypeError, "not callable"):
            plain()

    def test_a_handle_has_no_length_and_can_be_listed(self):
        with self.assertRaisesRegex(TypeError, "a Thing is an object of its own"):
            len(self.handle())
        self.play(["handle", 2, "iterator", False, False], ["value", 3], ["stop"])
        self.assertEqual(list(self.handle()), [3])

    def test_an_assertion_in_a_callback_cannot_be_swallowed(self):
        def refuse(*args):
            assert not args, "called with nothing"
        self.play(lambda request: [request[0], "callback", 0, [41], {}])
        with self.assertRaises(session.Verdict):
            self.handle()(authoring.callback(refuse))
        self.latched()
        self.assertEqual(self.current.latched.message, "called with nothing")

    def test_a_plain_value_for_a_function_is_the_learners(self):
        for ask in (authoring.obj, authoring.raises, authoring.mutable):
            self.current.touched, self.current.latched = False, None
            with self.assertRaises(session.AuthorMistake):
                ask(5)
            self.current.touched = True
            with self.assertRaisesRegex(session.Verdict, "5 was found"):
                ask(5)
            self.latched()

    def test_two_handles_are_compared_in_the_subject(self):
        self.play(["value", True])
        self.assertTrue(self.handle() == self.handle())
        self.assertEqual(self.requests[0][1:3], ["compare", "eq"])

    def test_comparing_handles_must_give_a_plain_value(self):
        self.play(["unplain", "a Liar"])
        with self.assertRaises(session.Verdict):
            self.handle() == self.handle()

    def test_an_old_handle_is_the_authors_mistake(self):
        self.current.generation = 2
        with self.assertRaises(session.AuthorMistake):
            self.handle()()

    # Arguments

    def test_marked_arguments_come_back_in_place(self):
        numbers = [3, 1]
        self.play(["value", None, [[1, 3]]])
        self.handle()(authoring.mutable(numbers))
        self.assertEqual(numbers, [1, 3])

    def test_marked_arguments_keep_their_type(self):
        numbers = [3, 1]
        self.play(["value", None, [{"a": 1}]])
        with self.assertRaises(session.Verdict):
            self.handle()(authoring.mutable(numbers))
        self.assertEqual(numbers, [3, 1])

    def test_objects_of_the_judge_are_not_passed(self):
        with self.assertRaises(session.AuthorMistake):
            self.handle()(object())

    # Exceptions

    def test_exceptions_are_made_anew(self):
        self.play(["raised", "MyError", "no", ["answer.MyError", "builtins.ValueError"], ["answer.py", 3], ["no"]])
        with self.assertRaises(ValueError) as caught:
            self.handle()()
        self.assertIsInstance(caught.exception, errors.LearnerError)
        self.assertEqual(caught.exception.told(), "your code raised MyError: no (answer.py, line 3)")

    def test_exits_and_outcomes_are_never_themselves(self):
        for name in ("SystemExit", "KeyboardInterrupt", "GeneratorExit", "AssertionError", "StopIteration"):
            self.play(["raised", name, "", ["builtins." + name, "builtins.BaseException"], None, None])
            with self.assertRaises(errors.LearnerError) as caught:
                self.handle()()
            self.assertNotIsInstance(caught.exception, (SystemExit, KeyboardInterrupt, AssertionError, StopIteration))
            self.assertIs(type(caught.exception).__mro__[1], errors.LearnerError)

    def test_raises_tells_what_was_raised(self):
        self.play(["raised", "MyError", "no", ["answer.MyError", "builtins.ValueError"], None, ["no"]])
        with authoring.raises(ValueError) as caught:
            self.handle()()
        self.assertEqual((str(caught.value), caught.type_name), ("no", "MyError"))
        self.assertTrue(issubclass(caught.type, ValueError) and caught.match("n"))
        with self.assertRaises(AssertionError):
            caught.match("yes")
        with self.assertRaises(session.AuthorMistake):
            caught.traceback

    def test_raises_takes_only_the_learners_exceptions(self):
        with self.assertRaises(ValueError):
            with authoring.raises(ValueError):
                raise ValueError("of the check itself")

    # The wire

    def test_faults_latch_and_stay(self):
        faults = [
            lambda request: [request[0] + 1, "value", 5, []], lambda request: [-request[0] - 1, "value", 5, []], lambda request: [True, "value", 5, []],
            lambda request: [request[0], "value"], lambda request: [request[0], "pickle", b""],
            lambda request: [request[0], "handle", "1", "x", False, True], lambda request: "value",
            lambda request: b"\xff\xff\xff\xff", lambda request: b"\0\0\0\x05hello", lambda request: [request[0], "stop"],
            lambda request: [request[0], "callback", 0, [], {}], lambda request: [request[0], "callback", 0, [], {1: 2}],
        ]
        for fault in faults:
            self.tearDown()
            self.setUp()
            self.play(fault)
            with self.assertRaises(session.Verdict):
                self.handle()()
            with self.assertRaises(session.Verdict):
                self.handle()()
            self.latched()

    def test_silence_is_a_time_out_and_latches(self):
        self.keep_time(0)
        with self.assertRaisesRegex(session.Verdict, "gave no answer within 900 ms"):
            self.handle()()
        self.latched("TIMED_OUT")

    def test_a_call_that_works_too_long_is_a_time_out(self):
        self.keep_time(200_000)
        with self.assertRaisesRegex(session.Verdict, "more than 300 ms of CPU time"):
            self.handle()()
        self.latched("TIMED_OUT")

    def test_a_call_that_a_busy_machine_delays_goes_on(self):
        self.keep_time(1_000)
        self.play(lambda request: self.late.wait(0.5) or [request[0], "value", 5, []])
        self.assertEqual(self.handle()(), 5)

    def test_a_subject_that_is_never_silent_is_timed_as_well(self):
        self.keep_time(200_000)
        def chatter(request):
            self.theirs.sendall(struct.pack(">I", 1_000_000))
            try:
                while not self.late.wait(0.001):
                    self.theirs.sendall(b"x")
            except OSError:
                pass
            return b""
        self.play(chatter)
        with self.assertRaises(session.Verdict):
            self.handle()()
        self.late.set()
        self.latched("TIMED_OUT")

    def test_an_answer_in_pieces_is_put_together(self):
        self.keep_time(0)
        def pieces(request):
            answer = wire.pack(wire.encode([request[0], "value", "long" * 50_000, []]))
            for at in (0, 2, 5, 100_000):
                self.theirs.sendall(answer[at:{0: 2, 2: 5, 5: 100_000}.get(at)])
                self.late.wait(0.06)
            return b""
        self.play(pieces, ["value", 6, []])
        self.assertEqual(self.handle()(), "long" * 50_000)
        self.assertEqual(self.handle()(), 6)
        self.assertFalse(self.current.unread())

    def test_what_a_subject_says_ahead_of_time_is_no_answer(self):
        def twice(request):
            return wire.pack(wire.encode([request[0], "value", 5, []])) + wire.pack(wire.encode([request[0], "value", 6, []]))
        self.play(twice)
        self.assertEqual(self.handle()(), 5)
        with self.assertRaises(session.Verdict):
            self.handle()()
        self.latched()

    def test_death_latches(self):
        self.theirs.close()
        with self.assertRaises(session.Verdict):
            self.handle()()
        self.latched("ERROR")
        self.assertTrue(self.current.latched.died)

    def test_an_answer_nobody_asked_for_is_seen(self):
        self.play(lambda request: wire.pack(wire.encode([request[0], "value", 5, []])) * 2)
        self.assertEqual(self.handle()(), 5)
        self.assertTrue(self.current.unread())

    def test_round_trips_are_counted(self):
        self.play(*[["value", 1, []]] * 60)
        with self.assertRaises(session.Verdict):
            for _ in range(60):
                self.handle()()
        self.latched("TIMED_OUT")

    def test_callbacks_are_called_with_plain_values(self):
        seen = []
        self.play(lambda request: [request[0], "callback", 0, [41], {}], lambda request: [request[0], "value", request[2], []])
        self.assertEqual(self.handle()(authoring.callback(lambda x: seen.append(x) or x + 1)), 42)
        self.assertEqual(seen, [41])

    def test_a_verdict_is_not_an_exception_that_a_check_may_catch(self):
        self.assertFalse(issubclass(session.Verdict, Exception))
        self.assertFalse(issubclass(session.AuthorMistake, Exception))


if __name__ == "__main__":
    unittest.main()
