"""The big screen: public, readable from ten metres."""
