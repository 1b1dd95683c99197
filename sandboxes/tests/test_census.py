"""The cell's counters, read from folders as the kernel shows them under both versions of control groups."""

import os
import tempfile
import unittest

from agent import census

MIB = 1024 * 1024

# A cell with 40 MiB of anonymous memory, 12 of files in a tmpfs, 20 of cached files and 3 of the kernel's own.
V1 = {
    "memory/memory.usage_in_bytes": "%d\n" % (75 * MIB),
    "memory/memory.limit_in_bytes": "%d\n" % (393 * MIB),
    "memory/memory.stat": "cache %d\nrss %d\nshmem %d\ninactive_file %d\ntotal_cache %d\ntotal_shmem %d\n"
                          % (32 * MIB, 40 * MIB, 12 * MIB, 20 * MIB, 99 * MIB, 99 * MIB),
    "memory/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n",
    "pids/pids.max": "96\n",
    "pids/pids.current": "7\n",
    "cpuacct/cpuacct.usage": "1234567890\n",
}
V2 = {
    "cgroup.controllers": "cpuset cpu io memory pids\n",
    "memory.current": "%d\n" % (75 * MIB),
    "memory.max": "%d\n" % (393 * MIB),
    "memory.swap.max": "0\n",
    "memory.stat": "anon %d\nfile %d\nkernel %d\nkernel_stack 81920\nfile_mapped 0\nshmem %d\nfile_thp 0\n"
                   % (40 * MIB, 32 * MIB, 3 * MIB, 12 * MIB),
    "memory.events": "low 0\nhigh 0\nmax 31\noom 3\noom_kill 2\noom_group_kill 0\n",
    "pids.max": "96\n",
    "pids.current": "7\n",
    "cpu.stat": "usage_usec 1234567\nuser_usec 1000000\nsystem_usec 234567\nnr_periods 0\n",
}


class Counters(unittest.TestCase):
    def cgroup(self, files):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        for name, content in files.items():
            os.makedirs(os.path.dirname(folder.name + "/" + name), exist_ok=True)
            with open(folder.name + "/" + name, "w") as file:
                file.write(content)
        return census.Cgroup(folder.name)

    def test_both_versions_say_the_same_of_the_same_cell(self):
        for kind, files in (("v1", V1), ("v2", V2)):
            with self.subTest(kind):
                cgroup = self.cgroup(files)
                self.assertEqual(cgroup.kind, kind)
                self.assertEqual(cgroup.charged_kib(), 75 * 1024)
                # All but the cache of files that the kernel may drop; a tmpfs it may not.
                self.assertEqual(cgroup.memory_kib(), (75 - 20) * 1024)
                self.assertEqual(cgroup.limit("memory"), 393 * MIB)
                self.assertEqual(cgroup.limit("pids"), 96)
                self.assertEqual(cgroup.tasks(), 7)
                self.assertEqual(cgroup.oom_kills(), 2)
                self.assertEqual(cgroup.cpu_us(), 1_234_567)

    def test_a_hybrid_host_is_one_of_the_first_version(self):
        """Beside the controllers of version 1 it mounts an empty version 2 at `unified`."""
        cgroup = self.cgroup(dict(V1, **{"unified/cgroup.procs": "1\n", "unified/cgroup.controllers": "\n"}))
        self.assertEqual(cgroup.kind, "v1")
        self.assertEqual(cgroup.tasks(), 7)

    def test_no_limit_is_told_from_a_limit(self):
        cgroup = self.cgroup(dict(V2, **{"memory.max": "max\n", "pids.max": "max\n"}))
        self.assertIsNone(cgroup.limit("memory"))
        self.assertIsNone(cgroup.limit("pids"))
        self.assertIsNone(self.cgroup(dict(V1, **{"pids/pids.max": "max\n"})).limit("pids"))

    def test_without_control_groups_nothing_is_known(self):
        cgroup = self.cgroup({"cgroup.controllers": "\n"})
        self.assertIsNone(cgroup.kind)
        for counter in (cgroup.charged_kib, cgroup.memory_kib, cgroup.tasks, cgroup.oom_kills, cgroup.cpu_us):
            self.assertIsNone(counter())
        self.assertIsNone(cgroup.limit("memory"))

    def test_a_counter_that_is_missing_is_unknown_and_the_others_are_not(self):
        for kind, files, stat, events in (("v1", V1, "memory/memory.stat", "memory/memory.oom_control"), ("v2", V2, "memory.stat", "memory.events")):
            with self.subTest(kind):
                cgroup = self.cgroup({name: content for name, content in files.items() if name != stat})
                self.assertIsNone(cgroup.memory_kib())
                self.assertEqual(cgroup.charged_kib(), 75 * 1024)
                # A kernel before 4.13 does not count the kills.
                self.assertIsNone(self.cgroup(dict(files, **{events: "under_oom 0\n"})).oom_kills())

    def test_what_is_no_number_is_unknown(self):
        cgroup = self.cgroup(dict(V2, **{"memory.current": "\n", "cpu.stat": "usage_usec\n", "pids.current": "?\n"}))
        self.assertIsNone(cgroup.memory_kib())
        self.assertIsNone(cgroup.charged_kib())
        self.assertIsNone(cgroup.cpu_us())
        self.assertIsNone(cgroup.tasks())


class Processes(unittest.TestCase):
    @unittest.skipIf(os.getuid() != 0, "only root may start a process of another uid")
    def test_the_living_processes_of_a_uid_are_counted_but_for_those_that_are_known(self):
        uid = 1_999_999_999
        ready_read, ready_write = os.pipe()
        end_read, end_write = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(end_write)
            os.setuid(uid)
            os.write(ready_write, b"!")
            os.read(end_read, 1)
            os._exit(0)
        os.read(ready_read, 1)
        sample = census.look(uid, ())
        known = census.look(uid, {pid})
        os.close(end_write)
        os.waitpid(pid, 0)
        self.assertEqual((sample.processes, sample.tasks), (1, 1))
        self.assertEqual((known.processes, known.tasks, known.cpu_us), (0, 0, 0))
        self.assertEqual(census.look(uid, ()).processes, 0)
        for fd in (ready_read, ready_write, end_read):
            os.close(fd)

    def test_time_and_memory_of_a_process(self):
        self.assertGreater(census.process_cpu_us(os.getpid()), 0)
        self.assertGreater(census.process_memory_kib(os.getpid()), 0)
        self.assertEqual(census.process_cpu_us(2 ** 30), 0)
        self.assertEqual(census.process_memory_kib(2 ** 30), 0)


if __name__ == "__main__":
    unittest.main()
