"""What happens by itself: rules, tick, plan, dispatcher, and the timers that wake them."""
