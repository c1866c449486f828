package kvd
