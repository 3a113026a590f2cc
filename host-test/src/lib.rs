//! Plays the pod.
