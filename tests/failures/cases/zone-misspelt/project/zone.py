import sys
import zoneinfo

print(zoneinfo.ZoneInfo(sys.argv[1]))
