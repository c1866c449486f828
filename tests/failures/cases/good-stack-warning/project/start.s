	.globl error_entry
error_entry:
	ret
