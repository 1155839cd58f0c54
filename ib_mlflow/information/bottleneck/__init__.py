"""The information bottleneck of a known joint distribution: points, their proof, the curve."""
