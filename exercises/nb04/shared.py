"""What several exercises of notebook 04 use."""

POOLING = frozenset(
    "max_pool1d max_pool1d_with_indices max_pool2d max_pool2d_with_indices"
    " max_pool2d_with_indices_backward max_pool3d max_pool3d_with_indices adaptive_max_pool2d"
    " adaptive_max_pool3d mkldnn_max_pool2d avg_pool1d avg_pool2d avg_pool3d adaptive_avg_pool2d"
    " _adaptive_avg_pool2d _adaptive_avg_pool3d scipy.ndimage scipy.signal".split()
)


def window_places(x, kernel, stride):
    """(N, C, H, W) -> a view (N, C, OH, OW, kh, kw)."""
    return x.unfold(2, kernel[0], stride).unfold(3, kernel[1], stride)
