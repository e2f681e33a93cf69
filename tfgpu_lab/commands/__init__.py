"""The subcommands of `tfgpu-lab`, one a file: its options, and what it does with them."""
