"""What the browser and the platforms reach: webhook, pages, health."""
