# What the cells of a worker may do where AppArmor is on: what Docker's own profile allows, less what no cell needs, and the
# mounts of a run's namespaces, which that profile denies. Loaded by scripts/setup.sh, or by
#   apparmor_parser --replace sandboxes/apparmor.profile
# and named to the worker by WTS_APPARMOR_PROFILE.

abi <abi/3.0>,
include <tunables/global>

profile weak-to-strong-cell flags=(attach_disconnected,mediate_deleted) {
  include <abstractions/base>

  network inet,
  network inet6,
  network unix,
  # Of a user namespace: the container has three, and the agent of a reusable cell none outside its own.
  capability,
  file,

  # A run's own places and its own /proc, and a judge's: nothing else is mounted, from nowhere else, and nothing is taken away.
  mount fstype=tmpfs options in (ro, rw, nosuid, nodev, noexec) tmpfs -> /{work,tmp,dev/shm,dev/mqueue}/,
  mount fstype=proc options in (rw, nosuid, nodev, noexec) proc -> /proc/,

  signal (receive) peer=unconfined,
  signal (receive) peer=runc,
  signal (receive) peer=crun,
  signal (send, receive) peer=weak-to-strong-cell,
  ptrace (read, readby) peer=weak-to-strong-cell,

  # In /proc only files of processes are written to: the maps of user namespaces, oom_score_adj.
  deny @{PROC}/* w,
  deny @{PROC}/{[^1-9],[^1-9][^0-9],[^1-9s][^0-9y][^0-9s],[^1-9][^0-9][^0-9][^0-9/]*}/** w,
  deny @{PROC}/sys/** w,
  deny @{PROC}/{kcore,kmem,mem,sysrq-trigger} rwklx,
  deny /sys/** wklx,
  deny /sys/{firmware,kernel/security}/** rwklx,
}
