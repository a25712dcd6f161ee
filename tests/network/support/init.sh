#!/bin/sh
# The first process of a host of the laboratory: mounts, network, the file server or its client, then the agent.
# Its root is the file system of the machine, read-only. Variables LAB_… come from the command line of the kernel.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp LANG=C.UTF-8 PYTHONDONTWRITEBYTECODE=1
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
for directory in /run /mnt; do mount -t tmpfs tmpfs "$directory"; done
mkdir -p /dev/shm /run/tmp /mnt/store
mount -t tmpfs tmpfs /dev/shm
export TMPDIR=/run/tmp
hostname "$LAB_NAME"
ip link set lo up
ip link set eth0 up
ip addr add "$LAB_ADDRESS/24" dev eth0
echo "kernel $(uname -r)"

modules() {
    "$LAB_PYTHON" -S -E "$LAB_SUPPORT/kernel_modules.py" "$LAB_TOOLS" "$@"
}

serve_files() {
    export LD_LIBRARY_PATH=$LAB_TOOLS/usr/lib/x86_64-linux-gnu:$LAB_TOOLS/lib/x86_64-linux-gnu
    modules nfsd
    mkdir -p /mnt/disk /run/etc
    mount -t ext4 /dev/ubda /mnt/disk
    mount -t nfsd nfsd /proc/fs/nfsd
    mount -t tmpfs tmpfs /var
    mkdir -p /var/lib/nfs/v4recovery /var/lib/nfs/sm /run/rpc_pipefs
    touch /var/lib/nfs/etab /var/lib/nfs/rmtab
    cp /etc/passwd /etc/group /etc/nsswitch.conf /etc/ld.so.cache /etc/hosts /etc/protocols /etc/services \
        /etc/netconfig "$LAB_TOOLS/etc/netconfig" /run/etc/ 2>/dev/null
    echo '/mnt/disk 10.77.0.0/24(rw,sync,no_subtree_check,no_root_squash,fsid=0,insecure)' >/run/etc/exports
    mount --bind /run/etc /etc
    echo 10 >/proc/fs/nfsd/nfsv4leasetime
    echo 10 >/proc/fs/nfsd/nfsv4gracetime
    "$LAB_TOOLS/usr/sbin/rpc.mountd" --no-nfs-version 2 --no-nfs-version 3 -p 20048
    "$LAB_TOOLS/usr/sbin/exportfs" -ra
    echo -2 -3 +4 +4.1 +4.2 >/proc/fs/nfsd/versions
    echo 'tcp 2049' >/proc/fs/nfsd/portlist 2>/dev/null
    echo 8 >/proc/fs/nfsd/threads
    echo Y >/proc/fs/nfsd/v4_end_grace
    unset LD_LIBRARY_PATH
}

mount_files() {
    modules nfsv4
    tries=0
    until mount -i -t nfs4 -o "vers=4.1,addr=$LAB_SERVER,clientaddr=$LAB_ADDRESS${LAB_OPTIONS:+,$LAB_OPTIONS}" \
        "$LAB_SERVER:$LAB_EXPORT" /mnt/store; do
        tries=$((tries + 1))
        [ "$tries" -lt 100 ] || break
        sleep 0.2
    done
    grep nfs4 /proc/mounts
}

case $LAB_ROLE in
server) serve_files ;;
client) mount_files ;;
esac
exec "$LAB_PYTHON" "$LAB_SUPPORT/agent.py" "$LAB_CHECKOUT"
