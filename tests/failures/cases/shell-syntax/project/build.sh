if true; then
	echo one

