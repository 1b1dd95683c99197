"""What names of the learner's modules stand for, asked of a real subject that runs real code."""

import os
import socket
import sys
import tempfile
import unittest

from agent import parcel, serving
from agent.judge import authoring, errors, proxy, session

LEARNER = """
count = 0
handler = None


def double(x):
    return 2 * x


def swap():
    global double, count
    count += 1
    double = lambda x: 3 * x


def fail_and_swap():
    swap()
    raise ValueError("after the swap")


def odd_and_swap():
    swap()
    return object()


def register(on):
    global handler
    handler = double if on else None


def use(function, x):
    return function(x)


class Bag:
    def __init__(self, *things):
        self.things = list(things)


class Full(Exception):
    pass


def fill():
    raise Full("no room")


def __getattr__(name):
    global count
    if name.startswith("made"):
        count += 1
        number = count
        return lambda: number
    raise AttributeError(name)
"""


class Names(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        with open(self.folder + "/learner_of_names.py", "w") as out:
            out.write(LEARNER)
        self.current = session.current
        self.current.__init__()
        self.current.control, self.agent = parcel.pair()
        self.children = []
        self.asked = []
        request = self.current.request
        self.current.request = lambda operation, *operands: self.asked.append(operation) or request(operation, *operands)
        self.current._take_subject = self.take_subject
        self.module = proxy.LearnerModule("learner_of_names")
        self.take_subject()

    def take_subject(self):
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            try:
                ours.close()
                sys.path.insert(0, self.folder)
                serving.Server(theirs.detach(), self.folder).serve()
            finally:
                os._exit(1)
        theirs.close()
        self.children.append(pid)
        self.current.use_subject(ours)

    def tearDown(self):
        self.current.close_subject()
        for pid in self.children:
            os.waitpid(pid, 0)
        self.current.control.close()
        self.agent.close()
        self.current.__init__()
        del self.current.request, self.current._take_subject

    def test_a_function_is_asked_for_once(self):
        self.assertEqual([self.module.double(x) for x in range(3)], [0, 2, 4])
        self.assertEqual(self.asked, ["path", "call", "call", "call"])
        self.assertTrue(callable(self.module.double) and proxy.is_handle(self.module.double))

    def test_plain_values_are_asked_for_each_time(self):
        self.assertEqual(self.module.count, 0)
        self.module.swap()
        self.assertEqual(self.module.count, 1)
        self.module.count = 7
        self.assertEqual(self.module.count, 7)

    def test_what_the_learner_binds_anew_is_seen(self):
        held = self.module.double
        self.assertEqual(self.module.double(2), 4)
        self.module.swap()
        self.assertEqual((self.module.double(2), held(2)), (6, 4))

    def test_a_change_is_seen_after_an_exception_and_after_what_is_not_plain(self):
        self.assertEqual(self.module.double(2), 4)
        with self.assertRaises(ValueError):
            self.module.fail_and_swap()
        self.assertEqual(self.module.double(2), 6)
        self.current.restart_subject()
        self.assertEqual(self.module.double(2), 4)
        with self.assertRaises(session.Verdict):
            self.module.odd_and_swap()
        self.current.latched = None
        self.assertEqual(self.module.double(2), 6)

    def test_a_name_that_holds_a_function_for_a_while(self):
        self.assertIsNone(self.module.handler)
        self.module.register(True)
        self.assertEqual(self.module.handler(2), 4)
        self.module.register(False)
        self.assertIsNone(self.module.handler)

    def test_what_the_check_binds_anew_is_seen_and_can_be_put_back(self):
        held = self.module.double
        self.module.double = authoring.callback(lambda x: -x)
        self.assertEqual(self.module.double(2), -2)
        self.module.double = held
        self.assertEqual(self.module.double(2), 4)
        authoring.subject.exec("import learner_of_names\nlearner_of_names.double = lambda x: 5 * x")
        self.assertEqual((self.module.double(2), held(2)), (10, 4))

    def test_names_that_the_module_makes_up_are_asked_for_each_time(self):
        self.assertEqual([self.module.made_here() for _ in range(3)], [1, 2, 3])

    def test_a_fresh_subject_is_asked_anew(self):
        held = self.module.double
        self.module.swap()
        self.current.restart_subject()
        self.assertEqual(self.module.double(2), 4)
        with self.assertRaises(session.AuthorMistake):
            held(2)

    def test_classes_stay_classes(self):
        bags = [self.module.Bag(1), self.module.Bag(2)]
        self.assertEqual([bag.things for bag in bags], [[1], [2]])
        self.assertEqual(self.asked.count("path"), 1)
        self.assertTrue(isinstance(bags[0], self.module.Bag))
        with self.assertRaises(session.Verdict):
            isinstance(5, self.module.Bag)

    def test_a_name_imported_by_itself(self):
        self.current._socket, kept = None, self.current._socket
        double, bag = self.module.double, self.module.Bag
        self.current._socket = kept
        self.assertIs(type(double), proxy.Name)
        self.assertEqual([double(1), double(2)], [2, 4])
        self.assertEqual(self.asked, ["path", "call", "call"])
        self.assertEqual(bag(3).things, [3])
        self.module.swap()
        self.assertEqual(double(2), 6)
        self.current.restart_subject()
        self.assertEqual(double(2), 4)

    def test_a_known_name_goes_where_handles_go(self):
        self.module.double(1)
        self.assertEqual(self.module.use(self.module.double, 4), 8)
        self.assertTrue(proxy.is_handle(authoring.obj(self.module.double)(2)))
        with self.assertRaises(errors.LearnerError):
            self.module.fill()
        with authoring.raises(self.module.Full) as caught:
            self.module.fill()
        self.assertEqual((caught.type_name, caught.message), ("Full", "no room"))

    def test_a_known_name_never_answers_for_itself(self):
        self.module.double(1)
        for question in (lambda h: h == 5, bool, hash, lambda h: 5 in h, lambda h: h + 1):
            self.current.latched = None
            with self.assertRaises(session.Verdict):
                question(self.module.double)
        with self.assertRaises(session.Verdict):
            self.module.double


if __name__ == "__main__":
    unittest.main()
