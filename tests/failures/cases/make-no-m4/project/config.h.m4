define(`VALUE', `1')#define X VALUE
