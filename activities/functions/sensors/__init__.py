"""What `measure_sensor_health` and `draw_sensor_health` stand on: readings, stretches that merge, verdict, picture."""
