#!/usr/bin/env python3
"""Make blue_noise.h: a 64 x 64 threshold array by void and cluster.

R. Ulichney, "The void-and-cluster method for dither array generation", 1993: points
are ranked by how crowded they are, measured by a Gaussian on the torus.
"""
import math
import random

SIDE = 64
RADIUS = 8
SIGMA = 1.9

random.seed(1)
KERNEL = [(dx, dy, math.exp(-(dx * dx + dy * dy) / (2 * SIGMA * SIGMA)))
          for dx in range(-RADIUS, RADIUS + 1) for dy in range(-RADIUS, RADIUS + 1)]


class Pattern:
    def __init__(self, points):
        self.on = [False] * (SIDE * SIDE)
        self.energy = [0.0] * (SIDE * SIDE)
        for point in points:
            self.flip(point)

    def flip(self, point):
        sign = -1 if self.on[point] else 1
        self.on[point] = not self.on[point]
        y, x = divmod(point, SIDE)
        for dx, dy, weight in KERNEL:
            self.energy[(y + dy) % SIDE * SIDE + (x + dx) % SIDE] += sign * weight

    def cluster(self):
        return max((p for p in range(SIDE * SIDE) if self.on[p]), key=self.energy.__getitem__)

    def void(self):
        return min((p for p in range(SIDE * SIDE) if not self.on[p]),
                   key=self.energy.__getitem__)


def ranks():
    start = Pattern(random.sample(range(SIDE * SIDE), SIDE * SIDE // 10))
    while True:  # spread the points evenly
        crowded = start.cluster()
        start.flip(crowded)
        empty = start.void()
        start.flip(empty)
        if crowded == empty:
            break
    first = [p for p in range(SIDE * SIDE) if start.on[p]]
    rank = [0] * (SIDE * SIDE)
    shrinking = Pattern(first)
    for value in reversed(range(len(first))):
        point = shrinking.cluster()
        shrinking.flip(point)
        rank[point] = value
    growing = Pattern(first)
    for value in range(len(first), SIDE * SIDE):
        point = growing.void()
        growing.flip(point)
        rank[point] = value
    return rank


print("/* Made by mknoise.py: thresholds 1 to 255, blue noise. */\n"
      "static const uint8_t blue_noise[64][64] = {")
table = [1 + value * 255 // (SIDE * SIDE) for value in ranks()]
for row in range(SIDE):
    cells = table[row * SIDE:(row + 1) * SIDE]
    print("\t{")
    for at in range(0, SIDE, 16):
        print("\t\t" + ", ".join(map(str, cells[at:at + 16])) + ",")
    print("\t},")
print("};")
