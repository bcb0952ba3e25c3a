"""The most memory that a program of its own has for itself, for benchmarks that start one."""

WATCH = """
import sys, threading, time
peak = 0
def anonymous():
    with open("/proc/self/status") as file:
        return int(next(line for line in file if line.startswith("RssAnon")).split()[1])
def watch():
    global peak
    while True:
        peak = max(peak, anonymous()); time.sleep(.05)
def base_of_libraries():
    base = anonymous()
    threading.Thread(target=watch, daemon=True).start()
    return base
"""
"""The beginning of such a program: from `base_of_libraries()` on, `peak` is the peak, in KiB."""
