int level = 3;

int codec_level(void)
{
    return level;
}
