int histogram;
