use strict;
use Text::Template;

print Text::Template->new(TYPE => "STRING", SOURCE => "")->fill_in;
