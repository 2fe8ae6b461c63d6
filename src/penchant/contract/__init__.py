"""What AWS promises, read from botocore at run time: operations, shapes, limits, errors, names of resources."""
