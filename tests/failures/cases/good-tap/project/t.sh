echo "1..3"
echo "ok 1 - error is told"
echo "not ok 2 - handles Permission denied # TODO is not written"
echo "ok 3 - No such file or directory # SKIP no error here"
