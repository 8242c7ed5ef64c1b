"""Reports: figures with what is behind them, sentences bound to figures, frozen copies."""
