"""The trusted program of a sandbox cell: see ../README.md for the contract and the processes."""
