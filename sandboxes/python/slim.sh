#!/bin/sh
# Takes out of an image what no learner needs and an attacker might: run as the last step before the pyc are made.
set -eu
# No setuid or setgid program: no-new-privileges makes them useless, and useless things go.
find / -xdev -type f \( -perm -4000 -o -perm -2000 \) -exec rm -f {} +
# Perl, apt's helpers and the documentation are most of the rest of the size.
rm -rf /usr/bin/perl* /usr/lib/*/perl-base /usr/share/perl* /usr/lib/apt /usr/bin/apt* /usr/lib/*/libapt* \
    /usr/share/doc /usr/share/man /usr/share/locale /usr/share/info /usr/share/zoneinfo/right /usr/share/zoneinfo/posix \
    /var/cache/* /var/lib/apt /var/lib/dpkg/info /var/log/* /usr/share/python3/debpython
# No package installer is left inside a cell.
rm -rf /usr/bin/pip* /usr/lib/python3/dist-packages/pip* /usr/lib/python3.11/ensurepip /usr/lib/python3.11/idlelib \
    /usr/lib/python3.11/lib2to3 /usr/lib/python3.11/pydoc_data /usr/lib/python3.11/turtledemo
mkdir -p /work /tmp && chmod 1777 /work /tmp
