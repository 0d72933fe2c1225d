#!/bin/sh
# The power button.
poweroff
