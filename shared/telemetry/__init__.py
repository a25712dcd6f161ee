"""Spans for OpenTelemetry. Which work of a process does a receiver of traces see?"""
