"""One module per noun of the contract, each with a `router`."""
