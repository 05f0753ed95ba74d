"""The values of `cuttings`: frozen, whole when made, unknown is None, times aware and in UTC."""
