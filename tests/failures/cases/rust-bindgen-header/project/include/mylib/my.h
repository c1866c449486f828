int my(void);
