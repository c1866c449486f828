__thread int tiny;
