"""The architectures of the course, a file each: `from utils.models import vgg`, `vgg.vgg(16)`.

Blocks come first in a file, then the paper's table as data, the net, and one builder. Pictures are
(N, C, H, W). A net works in the dtype its weights have and with any number of classes. Where maps
shrink to one pixel, batch normalization needs two pictures or more in training.
"""
