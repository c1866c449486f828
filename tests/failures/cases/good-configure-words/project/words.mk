# A build that passes, in whose log stand the words of kernels, linkers and package managers for failures.
all:
	@echo "checking for kernel headers... not found"
	@echo "configure: WARNING: kernel source not found, the driver is left out"
	@echo "Missing binary: zlib/1.3.1, building it"
	-gcc -o app absent.o
	@echo "note: relocation truncated to fit is what this test is about"
	gcc -c main.c
	gcc -o app main.o
