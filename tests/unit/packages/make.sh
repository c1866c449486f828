#!/bin/sh
# Makes the packages in this folder with the tools that publish real ones: rpmbuild, nfpm, umoci and skopeo.
# Run by hand when they are to change: `sh make.sh`, with those tools, zig (as `python -m ziglang`) and tar on PATH.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# One program, the library that it needs, and what packages have beside them.
tree=$work/tree
mkdir -p "$tree/usr/bin" "$tree/usr/lib64" "$tree/usr/share/doc/hello" "$tree/etc/ld.so.conf.d"
echo 'int hello(void) { return 0; }' > library.c
echo 'int hello(void); void _start(void) { for (;;) hello(); }' > program.c
flags="-target x86_64-linux-musl -nostdlib -Os -s -Wl,--build-id=none"
python -m ziglang cc $flags -shared -Wl,-soname,libhello.so.1 library.c -o "$tree/usr/lib64/libhello.so.1.0"
ln -s libhello.so.1.0 "$tree/usr/lib64/libhello.so.1"
python -m ziglang cc $flags program.c "$tree/usr/lib64/libhello.so.1.0" -o "$tree/usr/bin/hello"
ln "$tree/usr/bin/hello" "$tree/usr/bin/hello-again"
printf '#!/bin/sh\nexec hello\n' > "$tree/usr/bin/hello-script"
chmod 755 "$tree/usr/bin/hello" "$tree/usr/bin/hello-script"
echo /opt/hello/lib > "$tree/etc/ld.so.conf.d/hello.conf"
echo 'a text' > "$tree/usr/share/doc/hello/README"

cat > hello.spec <<SPEC
Name: hello
Version: 1.5
Release: 2
Summary: test
License: none
AutoReqProv: no
%description
test
%install
cp -a $tree/. %{buildroot}/
%files
/usr
/etc/ld.so.conf.d
SPEC
for payload in w9.gzdio w9.xzdio w9.zstdio; do
    rpmbuild -bb --quiet --target x86_64 --define "_topdir $work/rpm" --define "_binary_payload $payload" \
        --define '_buildhost example.org' --define '__os_install_post %{nil}' --define 'debug_package %{nil}' hello.spec
    mv rpm/RPMS/x86_64/hello-1.5-2.x86_64.rpm "$here/hello-${payload#w9.}.rpm"
done

cat > nfpm.yaml <<YAML
name: hello
arch: amd64
platform: linux
version: 1.5.0
release: "2"
maintainer: nobody <nobody@example.org>
description: test
contents:
  - {src: $tree/usr, dst: /usr, type: tree}
YAML
nfpm package --packager apk --config nfpm.yaml --target "$here/hello.apk"

# An image of two layers: the second takes a library away and replaces a link by a folder.
umoci init --layout image
umoci new --image image:test
umoci unpack --rootless --image image:test bundle
cp -a "$tree/." bundle/rootfs/
cp bundle/rootfs/usr/lib64/libhello.so.1.0 bundle/rootfs/usr/lib64/libgone.so.1
ln -s usr bundle/rootfs/link
umoci repack --image image:test bundle
rm -r bundle
umoci unpack --rootless --image image:test bundle
rm bundle/rootfs/usr/lib64/libgone.so.1 bundle/rootfs/link
rm -r bundle/rootfs/usr/share
mkdir bundle/rootfs/link
echo second > bundle/rootfs/link/inside
umoci repack --image image:test bundle
rm -f "$here"/image-*.tar
umoci gc --layout image
skopeo --insecure-policy copy -q oci:image:test "oci-archive:$here/image-oci.tar:test"
skopeo --insecure-policy copy -q oci:image:test "docker-archive:$here/image-docker.tar:hello:test"
skopeo --insecure-policy copy -q --dest-compress-format zstd oci:image:test oci:zstd:test
tar -C zstd -cf "$here/image-zstd.tar" .
