"""What socialrules is compared with, each as a program or a loop of its own."""
