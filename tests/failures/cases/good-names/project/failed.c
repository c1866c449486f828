int failed;
