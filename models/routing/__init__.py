"""Where the next transfusions of an outpatient are proposed, and how firmly: home, clinic, hospital or review.

Gates decide who may be at home, the score who gains most from it. Code belongs here when it judges or ranks one
patient; the slots of teams and chairs are ``optimization.home``.
"""

from models.routing.assessment import Assessment, assess

__all__ = ["Assessment", "assess"]
