"""Information from dependence graphs: samples in cells of many widths, weighted against bias."""
