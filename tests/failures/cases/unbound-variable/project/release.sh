set -eu
echo "signing with ${RELEASE_KEY:0:4}"
