#!/bin/sh
echo "#define ROWS 3"
