"""What Information Does a ResNet Compress."""
