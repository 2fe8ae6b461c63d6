"""What aws-next-best-action is made of: features of users with actions, trees over them, and an order."""
